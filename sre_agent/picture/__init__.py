"""The picture: everything seen of one incident, as one typed and indexed whole; pure."""
