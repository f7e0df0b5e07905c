"""The chain of seals over the audit trail: what was written cannot be changed or taken out unnoticed."""
