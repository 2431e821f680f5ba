"""What people do to the rota: plan it, take time off, exchange shifts; each act checked, then recorded."""
