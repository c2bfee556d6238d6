"""Any folder of images: one folder for each class, or train, val and test with class folders."""

PREFIX = "folder:"
LAYOUT = "PATH/<class>/<image>, or PATH/{train,val,test}/<class>/<image>"
NAMESPACE = {
    "prefix": PREFIX,
    "resolver": "medpeft_plugins.datasets.folder.reader:resolve",
    "address": "medpeft_plugins.datasets.folder.reader:ImageFolder",
    "description": "any folder of images: one folder for each class, or train, val, test inside",
    "example": "folder:path/to/images",
}
