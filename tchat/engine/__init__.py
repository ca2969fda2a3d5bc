"""A turn from request to stored reply: the only place that sends."""
