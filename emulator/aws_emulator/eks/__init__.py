"""Amazon EKS as this project uses it, on top of moto's own EKS backend."""
