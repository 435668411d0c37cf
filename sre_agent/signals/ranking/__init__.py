"""Which service, and which of its series, is at fault: from series with a known time, and what calls what."""
