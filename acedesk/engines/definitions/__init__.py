"""What engines are made from: the catalogue of images, the definition, its checks and exports."""
