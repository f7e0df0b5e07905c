"""What our JSON APIs share: operations as data, the document made of them, and the token that opens one."""
