"""The shell's door: stdout carries the answer and nothing else, stderr everything around it."""
