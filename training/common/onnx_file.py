"""Networks as ONNX files that the program reads."""
import hashlib
import io
import re
from pathlib import Path

import onnx
import onnx.helper
import onnx.numpy_helper
import torch

MODELS = Path(__file__).resolve().parents[2] / "models"  # what ships


def to_onnx(model, example, inputs, outputs, axes=None):
    """The network as an ONNX model; `axes`: which of its sides may vary."""
    file = io.BytesIO()
    torch.onnx.export(model, example, file, opset_version=10, input_names=inputs,
                      output_names=outputs, dynamic_axes=axes)
    return without_identities(onnx.load_from_string(file.getvalue()))


def without_identities(model):
    """PyTorch stores equal weights once and names them again; the names are resolved here."""
    names = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "Identity"}
    kept = [node for node in model.graph.node if node.op_type != "Identity"]
    for node in kept:
        for i, name in enumerate(node.input):
            node.input[i] = names.get(name, name)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model


def in_halves(model):
    """The model with its weights stored in 16-bit floats, which a Cast widens as the file is read."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            name = tensor.name
            halves = onnx.numpy_helper.to_array(tensor).astype("float16")
            tensor.CopyFrom(onnx.numpy_helper.from_array(halves, name + "_half"))
            casts.append(onnx.helper.make_node("Cast", [name + "_half"], [name],
                                               to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def in_floats(model):
    """The reverse of in_halves(), for OpenCV, which reads no halves."""
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT16:
            name = tensor.name.removesuffix("_half")
            floats = onnx.numpy_helper.to_array(tensor).astype("float32")
            tensor.CopyFrom(onnx.numpy_helper.from_array(floats, name))
    nodes = [node for node in model.graph.node if node.op_type != "Cast"]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def write_model(name, model):
    """Into models/ of the repository, and its size and checksum into the manifest."""
    weights = model.SerializeToString()
    (MODELS / name).write_bytes(weights)
    entry = re.compile(r'("file": "%s",\s+"sha256": ")\w+(",\s+"bytes": )\d+' % re.escape(name))
    manifest = (MODELS / "manifest.json").read_text()
    digest = hashlib.sha256(weights).hexdigest()
    changed = entry.sub(lambda found: f"{found[1]}{digest}{found[2]}{len(weights)}", manifest)
    (MODELS / "manifest.json").write_text(changed)
    print(f"models/{name}: {len(weights)} bytes, SHA-256 {digest}")
