#!/usr/bin/python3
"""tools/check_sql finds what docs/sql.md forbids, and takes what it allows."""
import importlib.machinery
import importlib.util
import pathlib
import shutil
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load():
    loader = importlib.machinery.SourceFileLoader("check_sql", str(ROOT / "tools/check_sql"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_sql", loader))
    loader.exec_module(module)
    return module


check_sql = load()
LISTS = check_sql.Lists((ROOT / "docs/sql.md").read_text())

GOOD_STATEMENTS = [
    "SELECT id, name FROM people WHERE name LIKE :pattern ORDER BY name NULLS LAST LIMIT 10",
    "SELECT COUNT(*), SUM(p.bytes), MAX(p.at) FROM photos AS p JOIN people ON p.person = people.id "
    "WHERE p.state IN ('new', 'seen') GROUP BY p.person HAVING COUNT(*) > 1",
    "INSERT INTO people (id, name) VALUES (:id, :name) ON CONFLICT (name) DO UPDATE SET name = :name",
    "INSERT INTO people (id, name) VALUES (:id, 'it''s; fine') ON CONFLICT DO NOTHING RETURNING id",
    "WITH latest (person, at) AS (SELECT person, MAX(at) FROM photos GROUP BY person) "
    "SELECT person FROM latest WHERE at > :since",
    "SELECT id, ROW_NUMBER() OVER (PARTITION BY person ORDER BY at) FROM photos",
    "SELECT balance FROM accounts WHERE id = :id FOR UPDATE",
    "UPDATE photos SET state = CASE WHEN :ok THEN 'good' ELSE 'bad' END, n = n + 1 WHERE id = :id",
    "SELECT id FROM photos WHERE CAST(:state AS TEXT) IS NULL OR state = :state",
    "DELETE FROM photos WHERE NOT EXISTS (SELECT 1 FROM people WHERE people.id = photos.person)",
]

BAD_STATEMENTS = {
    "SELECT * FROM people": "no *",
    "SELECT id, * FROM people": "no *",
    "SELECT p.* FROM people AS p": "no *",
    "SELECT NOW()": "NOW is not in",
    "SELECT now()": "now() is not in",
    "SELECT lower(name) FROM people": "lower() is not in",
    "SELECT pg_advisory_lock(1)": "pg_advisory_lock() is not in",
    "SELECT nextval('people_id')": "nextval() is not in",
    "SELECT MAX(a, b) FROM t": "MAX takes one argument",
    "SELECT a FROM t WHERE a::text = 'x'": "':' is not in",
    "SELECT a / b FROM t": "'/' is not in",
    "SELECT a FROM t WHERE a != 1": "'!' is not in",
    'SELECT "a" FROM t': "'\"' is not in",
    "SELECT a FROM t WHERE a ILIKE 'x'": "ILIKE is not in",
    "SELECT a FROM t WHERE a ~ 'x'": "'~' is not in",
    "SELECT a FROM t LIMIT 1": "LIMIT without ORDER BY",
    "SELECT a FROM t FOR UPDATE SKIP LOCKED": "SKIP is not in",
    "SELECT a FROM t FOR SHARE": "SHARE is not in",
    "SELECT CAST(a AS INTEGER) FROM t": "INTEGER is not in",
    "SELECT COUNT FROM t": "COUNT is a function",
    "SELECT user FROM t": "'user' is a word",
    "SELECT a FROM order": "'order' is a word",
    "INSERT INTO people VALUES (:id)": "INSERT lists its columns",
    "INSERT OR IGNORE INTO people (id) VALUES (:id)": "",
    "REPLACE INTO people (id) VALUES (:id)": "REPLACE is not in",
    "LISTEN changes": "LISTEN is not in",
    "PRAGMA foreign_keys = OFF": "PRAGMA is not in",
    "BEGIN": "BEGIN is not in",
    "SELECT a FROM t; DROP TABLE t": "';' is not in",
    "CREATE TABLE t (id UUID PRIMARY KEY)": "the schema is made by migrations",
    "DROP TABLE t": "does not begin with DROP",
    "": "does not begin with nothing",
}

BAD_MIGRATIONS = {
    "CREATE TABLE t (id SERIAL PRIMARY KEY)": "SERIAL is not in",
    "CREATE TABLE t (id BIGINT PRIMARY KEY AUTOINCREMENT)": "AUTOINCREMENT is not in",
    "CREATE TABLE t (id UUID PRIMARY KEY DEFAULT gen_random_uuid())": "gen_random_uuid() is not in",
    "CREATE TABLE t (id UUID)": "a table has a primary key",
    "CREATE TABLE t (id UUID PRIMARY KEY, name TEXT UNIQUE)": "CREATE UNIQUE INDEX",
    "CREATE TABLE t (id UUID PRIMARY KEY, at TIMESTAMP)": "TIMESTAMP is not in",
    "CREATE TABLE t (id UUID PRIMARY KEY, name VARCHAR(20))": "VARCHAR is not in",
    "CREATE TABLE t (id UUID PRIMARY KEY, x JSONB)": "JSONB is not in",
    "CREATE TABLE t (id UUID PRIMARY KEY, b INTEGER[])": "'[' is not in",
    "CREATE TABLE IF NOT EXISTS t (id UUID PRIMARY KEY)": "no IF NOT EXISTS",
    "CREATE SEQUENCE s": "SEQUENCE is not in",
    "CREATE TRIGGER t AFTER INSERT ON a": "TRIGGER is not in",
    "CREATE VIEW v AS SELECT a FROM t": "VIEW is not in",
    "CREATE INDEX CONCURRENTLY i ON t (a)": "CONCURRENTLY is not in",
    "CREATE EXTENSION pgcrypto": "EXTENSION is not in",
    "SELECT a FROM t": "does not begin with SELECT",
    "ALTER TABLE t ALTER COLUMN a TYPE TEXT": "TYPE is not in",
}


class StatementsTest(unittest.TestCase):
    def problems(self, statement, where):
        return list(check_sql.check_statement(statement, where, LISTS))

    def test_what_is_allowed_has_no_problems(self):
        for statement in GOOD_STATEMENTS:
            self.assertEqual(self.problems(statement, "statement"), [], statement)

    def test_what_is_forbidden_is_said(self):
        for where, examples in (("statement", BAD_STATEMENTS), ("migration", BAD_MIGRATIONS)):
            for statement, expected in examples.items():
                problems = self.problems(statement, where)
                self.assertTrue(problems, statement)
                self.assertIn(expected, "\n".join(problems), statement)


class SourcesTest(unittest.TestCase):
    def test_literals_are_joined_and_comments_left_out(self):
        source = ('// sql("SELECT bad")\nauto a = sql("SELECT a "  // why\n   "FROM t");\n'
                  'auto b = sql(R"x(SELECT b\nFROM "t")x");\nmysql("no"); sql(text); char q = \'"\';\n'
                  'auto c = sql("SELECT \\"c\\"");')
        self.assertEqual(list(check_sql.statements_of_source(source)),
                         [(2, "SELECT a FROM t"), (4, 'SELECT b\nFROM "t"'), (7, 'SELECT "c"')])

    def test_scripts_are_split_with_their_lines(self):
        script = "-- one; two\nCREATE TABLE a (b TEXT DEFAULT 'x;--y');\n\n-- c\nDROP TABLE d;\nDROP e"
        self.assertEqual(list(check_sql.statements_of_script(script)),
                         [(2, "CREATE TABLE a (b TEXT DEFAULT 'x;--y')"), (5, "DROP TABLE d"),
                          (6, "DROP e ;")])


class TreeTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "docs").mkdir()
        shutil.copy(ROOT / "docs/sql.md", self.root / "docs")
        (self.root / "src/store/migrations").mkdir(parents=True)
        (self.root / "include").mkdir()

    def found(self, migration, source=""):
        (self.root / "src/store/migrations/0001_a.sql").write_text(migration)
        (self.root / "src/a.cpp").write_text(source)
        return [f"{place}: {problem}" for place, problem in check_sql.check(self.root)]

    def test_foreign_keys_are_indexed(self):
        parent = "CREATE TABLE p (id UUID PRIMARY KEY);\n"
        child = "CREATE TABLE c (id UUID PRIMARY KEY, p UUID NOT NULL REFERENCES p (id));\n"
        self.assertIn("src/store/migrations/0001_a.sql:2: the foreign key c (p) is not indexed",
                      "\n".join(self.found(parent + child)))
        self.assertEqual(self.found(parent + child + "CREATE INDEX c_p ON c (p, id);\n"), [])
        self.assertTrue(self.found(parent + child + "CREATE INDEX c_p ON c (id, p);\n"))
        self.assertTrue(self.found(parent + child + "CREATE INDEX c_p ON c (p) WHERE id = 'x';\n"))
        self.assertEqual(self.found(parent + "CREATE TABLE c (p UUID REFERENCES p (id), n BIGINT, "
                                             "PRIMARY KEY (p, n));\n"), [])
        self.assertTrue(self.found(parent + "CREATE TABLE c (p UUID, n BIGINT, PRIMARY KEY (n, p), "
                                            "CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p (id));\n"))
        self.assertTrue(self.found(parent + "CREATE TABLE c (id UUID PRIMARY KEY);\n"
                                            "ALTER TABLE c ADD COLUMN p UUID REFERENCES p (id);\n"))

    def test_rows_change_after_the_schema(self):
        self.assertIn("before changes of rows", "\n".join(self.found(
            "CREATE TABLE a (id UUID PRIMARY KEY);\nINSERT INTO a (id) VALUES ('x');\n"
            "CREATE INDEX a_b ON a (id);\n")))

    def test_statements_in_sources_are_found_with_their_place(self):
        self.assertEqual(self.found("DROP TABLE a;\n", '\nauto a = sql("SELECT a FROM t LIMIT 1");'),
                         ["src/a.cpp:2: LIMIT without ORDER BY gives any rows"])


if __name__ == "__main__":
    unittest.main()
