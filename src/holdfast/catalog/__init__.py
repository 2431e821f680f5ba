"""The team's definitions as a site to read: metrics, lineage to the column, owners, deadlines, checks, receipts."""
