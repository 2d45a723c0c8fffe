"""Turns the names that torch was seen to run for a submission into the forbidden calls among them."""

from collections.abc import Sequence

from grader.forbidden import Hit

_F = "torch.nn.functional."
MOST_RECORDS = 2_000

# Operators that a call makes, and that no other call of the library makes for honest code: not einsum, matmul, exp or sum, not
# another layer, not a backward. Of each tuple all must be seen on one line. Names differ by processor and dtype.
SIGNATURES: dict[str, tuple[tuple[str, ...], ...]] = {
    f"{_F}scaled_dot_product_attention": (
        ("_safe_softmax",), ("_scaled_dot_product_flash_attention_for_cpu",), ("_scaled_dot_product_flash_attention",),
        ("_scaled_dot_product_efficient_attention",), ("_scaled_dot_product_cudnn_attention",),
        ("_scaled_dot_product_fused_attention_overrideable",),
    ),
    f"{_F}multi_head_attention_forward": (("_native_multi_head_attention",),),
    "torch.nn.MultiheadAttention": (("_native_multi_head_attention",),),
    f"{_F}softmax": (("_softmax",),),
    f"{_F}log_softmax": (("_log_softmax",),),
    f"{_F}cross_entropy": (("_log_softmax", "nll_loss_forward"), ("_log_softmax", "nll_loss2d_forward")),
    f"{_F}nll_loss": (("nll_loss_forward",), ("nll_loss2d_forward",)),
    f"{_F}conv1d": (("convolution1d",),),
    f"{_F}conv2d": (("convolution2d",),),
    f"{_F}conv3d": (("convolution3d",),),
    f"{_F}conv_transpose1d": (("convolution_transpose1d",),),
    f"{_F}conv_transpose2d": (("convolution_transpose2d",),),
    f"{_F}unfold": (("im2col",),),
    f"{_F}fold": (("col2im",),),
    f"{_F}layer_norm": (("native_layer_norm",),),
    f"{_F}group_norm": (("native_group_norm",),),
    f"{_F}embedding": (("embedding",),),
    "torch.nn.LSTM": (("mkldnn_rnn_layer",),),
    "torch.linalg.lstsq": (("linalg_lstsq",),),
}  # fmt: skip
_SAME = {
    "torch.softmax": f"{_F}softmax", "torch.Tensor.softmax": f"{_F}softmax", "torch.nn.Softmax": f"{_F}softmax",
    "torch.log_softmax": f"{_F}log_softmax", "torch.Tensor.log_softmax": f"{_F}log_softmax", "torch.nn.LogSoftmax": f"{_F}log_softmax",
    "torch.nn.CrossEntropyLoss": f"{_F}cross_entropy", "torch.nn.NLLLoss": f"{_F}nll_loss", "torch.nn.Conv1d": f"{_F}conv1d",
    "torch.nn.Conv2d": f"{_F}conv2d", "torch.nn.Conv3d": f"{_F}conv3d", "torch.conv1d": f"{_F}conv1d", "torch.conv2d": f"{_F}conv2d",
    "torch.nn.Unfold": f"{_F}unfold", "torch.nn.Fold": f"{_F}fold", "torch.nn.LayerNorm": f"{_F}layer_norm",
    "torch.layer_norm": f"{_F}layer_norm", "torch.nn.GroupNorm": f"{_F}group_norm", "torch.nn.Embedding": f"{_F}embedding",
    "torch.embedding": f"{_F}embedding",
}  # fmt: skip


def find_seen(records: object, forbid: Sequence[str], lines_in_file: int) -> tuple[Hit, ...]:
    """Return the forbidden calls among the `records` of a worker, which may be anything; a line that the file lacks becomes 0."""
    seen = [
        (record[0], record[1], record[2] if 1 <= record[2] <= lines_in_file else 0)
        for record in (records if isinstance(records, list) else [])[:MOST_RECORDS]
        if isinstance(record, list) and list(map(type, record)) == [str, str, int]
    ]
    found = {}
    for call in forbid:
        if lines := [line for line in (_by_name(call, seen), _by_operators(call, seen)) if line is not None]:
            found[call] = min(lines, key=lambda line: (line == 0, line))
    return tuple(Hit(line, call, True) for call, line in found.items())


def only_in_text(call: str) -> bool:
    """Tell whether `call` is watched in the text alone: what the second observer sees has no such name."""
    return not call.startswith("torch.")


def _by_name(call: str, seen: Sequence[tuple[str, str, int]]) -> int | None:
    """Return the line of a direct call under its own name, or of a module or optimizer of that class."""
    name = call.rpartition(".")[2]
    names = {call, f"torch.{name}"} if call.startswith(_F) else {call}
    kinds = {"class"} if call.startswith(("torch.nn.", "torch.optim.")) and name[:1].isupper() else {"function"}
    return next((line for kind, seen_name, line in seen if kind in kinds and seen_name in names), None)


def _by_operators(call: str, seen: Sequence[tuple[str, str, int]]) -> int | None:
    lines: dict[int, set[str]] = {}
    for kind, name, line in seen:
        if kind == "operator":
            lines.setdefault(line, set()).add(name)
    wanted = SIGNATURES.get(call) or SIGNATURES.get(_SAME.get(call, ""), ())
    return next((line for line, names in lines.items() if any(names.issuperset(each) for each in wanted)), None)
