"""What a browser sends with the form of a product besides what staff type."""

NO_MORE_PICTURES = {"pictures-TOTAL_FORMS": "0", "pictures-INITIAL_FORMS": "0"}
