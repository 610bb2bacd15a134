// Deleted when the room gets its first file.
