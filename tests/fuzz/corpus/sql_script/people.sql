-- people; and their photos
CREATE TABLE people (id UUID PRIMARY KEY, name TEXT DEFAULT 'x;--y''z', at TIMESTAMP_MS);
CREATE UNIQUE INDEX people_name ON people (name);
UPDATE people SET name = 'a' WHERE id = 'b';
