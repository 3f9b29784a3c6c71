"""What other frameworks make of the same page: the floor's statement, the product's answer."""
