"""The pager: what is wrong is gathered from records, incidents move on, messages go out. Never imports the engine."""
