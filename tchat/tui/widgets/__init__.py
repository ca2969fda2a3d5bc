"""The widgets of the main screen: they draw and post, they do not fetch."""
