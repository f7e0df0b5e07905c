"""What changes from one bundle to another, each change a sentence that people can read and translate."""
