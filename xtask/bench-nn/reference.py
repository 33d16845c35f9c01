"""What diffusers and PyTorch take for the networks that `cargo xtask bench-nn` measures.

    reference.py weights FOLDER                            a checkpoint of full size, random weights
    reference.py measure WAY FOLDER NETWORK PRECISION DEVICE THREADS RUNS OUTPUT    one line of JSON

WAY is how PyTorch runs it: eager, graph, compiled or tuned.

Inputs are made by a formula that both sides have, so that what comes out can be compared too.
"""

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDPMScheduler, PNDMScheduler, UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import (
    StableUnCLIPImageNormalizer,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

LEVELS = 4
EMBEDDING = 1024
VOCABULARY = 49408


def unet():
    """The network of Stable unCLIP 2.1 with OpenCLIP-H, for latents of 64 × 64."""
    cross = LEVELS - 1
    return UNet2DConditionModel(
        sample_size=64,
        block_out_channels=(320, 640, 1280, 1280),
        down_block_types=("CrossAttnDownBlock2D",) * cross + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * cross,
        attention_head_dim=[5, 10, 20, 20],
        cross_attention_dim=1024,
        use_linear_projection=True,
        class_embed_type="projection",
        projection_class_embeddings_input_dim=2 * EMBEDDING,
    )


def vae():
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * LEVELS,
        up_block_types=("UpDecoderBlock2D",) * LEVELS,
        layers_per_block=2,
        latent_channels=4,
        sample_size=512,
    )


def vision():
    """OpenCLIP ViT-H/14."""
    return CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=1280,
            intermediate_size=5120,
            num_hidden_layers=32,
            num_attention_heads=16,
            patch_size=14,
            image_size=224,
            projection_dim=EMBEDDING,
            hidden_act="gelu",
        )
    )


def text():
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=VOCABULARY,
            hidden_size=1024,
            intermediate_size=4096,
            num_hidden_layers=23,
            num_attention_heads=16,
            hidden_act="gelu",
            projection_dim=512,
        )
    )


def randomise(model):
    """Weights that keep activations in range through any number of layers."""
    model.to_empty(device="cpu").half()
    # A card draws two thousand million numbers in no time.
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for name, parameter in model.named_parameters():
        values = torch.randn(parameter.shape, device=device)
        if parameter.ndim > 1:
            values *= 1.0 / math.sqrt(parameter[0].numel())
        elif name.endswith("bias"):
            values *= 0.1
        else:
            values = 1.0 + 0.1 * values
        parameter.data = values.half().cpu()
    return model


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n")


def make_weights(folder):
    """Half precision in safetensors, as hubs have it: 3.9 GB."""
    torch.manual_seed(1)
    networks = {"unet": unet, "vae": vae, "image_encoder": vision, "text_encoder": text}
    for part, network in networks.items():
        with torch.device("meta"):
            model = network()
        variant = {"variant": "fp16"} if part in ("unet", "vae") else {}
        randomise(model).save_pretrained(folder / part, **variant)
        del model
    StableUnCLIPImageNormalizer(embedding_dim=EMBEDDING).save_pretrained(folder / "image_normalizer")
    DDPMScheduler(beta_schedule="squaredcos_cap_v2").save_pretrained(folder / "image_noising_scheduler")
    PNDMScheduler(
        skip_prk_steps=True,
        prediction_type="v_prediction",
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        steps_offset=1,
    ).save_pretrained(folder / "scheduler")
    write_json(
        folder / "feature_extractor" / "preprocessor_config.json",
        {
            "crop_size": {"height": 224, "width": 224},
            "size": {"shortest_edge": 224},
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
        },
    )
    special = {"!": 0, "<|startoftext|>": VOCABULARY - 2, "<|endoftext|>": VOCABULARY - 1}
    write_json(folder / "tokenizer" / "vocab.json", special)
    write_json(folder / "tokenizer" / "tokenizer_config.json", {"pad_token": "<|endoftext|>"})
    # Last, since a folder with an index is taken for whole.
    write_json(folder / "model_index.json", {"_class_name": "StableUnCLIPImg2ImgPipeline"})


def numbers(*shape):
    """Uniform numbers of variance 1, from their places alone; pictures have channels last."""
    mixed = np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(0x9E3779B9)
    mixed = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    share = (mixed >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24)
    values = torch.from_numpy((share * 2 - 1) * np.float32(1.7320508)).reshape(shape)
    return values.permute(0, 3, 1, 2).contiguous() if len(shape) == 4 else values


# The devices of `bench-nn`, as PyTorch calls them.
DEVICES = {"cpu": "cpu", "candle": "cpu", "cuda": "cuda", "metal": "mps"}


# The modes of `torch.compile`; both use graphs on a card.
MODES = {"compiled": "reduce-overhead", "tuned": "max-autotune"}


def ready(model, way):
    """The network as `way` has it."""
    return torch.compile(model, mode=MODES[way]) if way in MODES else model


def captured(call):
    """The same call as a graph, which a card replays without Python."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        # What is chosen or made at first calls is no part of a graph.
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = call()

    def replay():
        graph.replay()
        return result

    return replay


def load(folder, network, place, way):
    """A network as a call without arguments; a picture's result has channels last."""
    dtype = place["dtype"]
    if network == "unet":
        model = UNet2DConditionModel.from_pretrained(
            folder / "unet", variant="fp16", torch_dtype=dtype
        ).to(**place)
        model = ready(model, way)
        told = dict(encoder_hidden_states=numbers(2, 77, 1024).to(**place))
        told |= dict(class_labels=numbers(2, 2 * EMBEDDING).to(**place))
        latents = numbers(2, 64, 64, 4).to(**place)
        time = torch.tensor(301, device=place["device"])
        return lambda: model(latents, time, **told).sample.permute(0, 2, 3, 1)
    if network == "vae":
        model = AutoencoderKL.from_pretrained(folder / "vae", variant="fp16", torch_dtype=dtype)
        model.to(**place)
        model.decoder = ready(model.decoder, way)
        latents = numbers(1, 64, 64, 4).to(**place)
        return lambda: model.decode(latents).sample.permute(0, 2, 3, 1)
    model = CLIPVisionModelWithProjection.from_pretrained(folder / "image_encoder", dtype=dtype)
    model = ready(model.to(**place), way)
    pixels = numbers(1, 224, 224, 3).to(**place)
    return lambda: model(pixels).image_embeds


def peak_mib(device):
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / (1 << 20)
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index("VmHWM:") + 1]) / 1024


@torch.inference_mode()
def measure(way, folder, network, precision, device, threads, runs, output):
    torch.set_num_threads(threads)
    # Single precision is what results are compared with.
    torch.backends.cudnn.allow_tf32 = False
    dtype = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}[precision]
    started = time.perf_counter()
    call = load(folder, network, {"device": DEVICES[device], "dtype": dtype}, way)
    if way == "graph":
        call = captured(call)
    load_s = time.perf_counter() - started
    seconds = []
    for _ in range(1 + runs):
        started = time.perf_counter()
        # A card is waited for, as on the other side.
        result = call().cpu()
        seconds.append(time.perf_counter() - started)
    peak = peak_mib(device)
    result.float().contiguous().numpy().tofile(output)
    card = torch.cuda.get_device_name() if device == "cuda" else None
    print(json.dumps({"load_s": load_s, "calls_s": seconds, "peak_mib": peak, "card": card}))


if sys.argv[1] == "weights":
    make_weights(Path(sys.argv[2]))
else:
    threads, runs = map(int, sys.argv[7:9])
    measure(sys.argv[2], Path(sys.argv[3]), *sys.argv[4:7], threads, runs, sys.argv[9])
