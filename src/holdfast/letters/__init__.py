"""What people read: pages, notices and their endings, in words for a tired person."""
