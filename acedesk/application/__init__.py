"""What the windows, the API and the commands may ask for, one module for each subject."""
