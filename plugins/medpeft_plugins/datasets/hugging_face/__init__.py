"""Image datasets of the Hugging Face Hub."""

NAMESPACE = {
    "prefix": "hf:",
    "resolver": "medpeft_plugins.datasets.hugging_face.spec:resolve",
    "address": "medpeft_plugins.datasets.hugging_face.reader:HuggingFace",
    "description": "an image dataset of the Hugging Face Hub, or a folder in a form it knows",
    "example": "hf:owner/name@REVISION,image=image,label=label",
}
