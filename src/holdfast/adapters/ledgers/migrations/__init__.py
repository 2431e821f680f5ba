"""Steps that lead from any earlier ledger to the present tables."""
