"""What the corpus is made of: values that hold their check digits, and the sentences around them."""
