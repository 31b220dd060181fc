"""Secret settings in the keyring of this computer, or in a file of the user's own without one."""
