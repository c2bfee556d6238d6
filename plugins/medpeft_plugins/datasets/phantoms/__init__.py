"""What the generated datasets share: patients, views and splits, and the means of drawing."""
