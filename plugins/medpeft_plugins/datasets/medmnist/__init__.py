"""MedMNIST's files, in each of their sizes."""

NAMESPACE = {
    "prefix": "medmnist:",
    "resolver": "medpeft_plugins.datasets.medmnist.spec:resolve",
    "address": "medpeft_plugins.datasets.medmnist.reader:MedMnist",
    "description": "a set of MedMNIST by its name, or a file of that form",
    "example": "medmnist:breastmnist,size=128",
}
