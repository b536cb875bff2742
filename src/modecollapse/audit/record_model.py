"""The schema of run.json: every key and its type, written out a second time and not taken from the writer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator


def _with_time_zone(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a moment without a time zone")
    return text


Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Commit = Annotated[str, Field(pattern="^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
Moment = Annotated[str, AfterValidator(_with_time_zone)]  # ISO 8601
Text = Annotated[str, Field(min_length=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
StreamSeed = Annotated[int, Field(ge=0, lt=2**63)]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class SeedStatus(_Strict):
    """How a seed ended; `step` is where it diverged."""

    seed: Seed
    status: Literal["ok", "diverged"]
    step: Count | None

    @model_validator(mode="after")
    def _step_goes_with_status(self) -> SeedStatus:
        if (self.status == "ok") != (self.step is None):
            raise ValueError(f"status {self.status} with step {self.step}")
        return self


class Streams(_Strict):
    """The seed of every stream of a run."""

    seed: Seed
    init: dict[str, StreamSeed]
    draws: dict[str, dict[str, StreamSeed]]


class Versions(_Strict):
    """The versions that a record names."""

    python: Text
    torch: Text
    numpy: Text


class Gpu(_Strict):
    """The facts that decide a GPU's numbers, and which of the visible GPUs it was."""

    name: Text
    index: Annotated[int, Field(ge=0)]
    visible: Count
    capability: Text
    driver: Text | None
    cuda: Text | None
    cudnn: int | None


class Flags(_Strict):
    """The settings that numbers depend on."""

    tf32_matmul: bool
    tf32_convolution: bool
    tf32_recurrent: bool
    cudnn_deterministic: bool
    cudnn_benchmark: bool
    cublas_workspace: str | None
    cpu_capability: Text


class Execution(_Strict):
    """How the steps were executed, and the C++ compiler of compiled ones."""

    mode: Literal["eager", "compiled", "captured"]
    compiler: Text | None


class Files(_Strict):
    """The SHA-256 of what the run wrote."""

    samples: Digest = Field(alias="samples.npy")
    snapshots: Digest = Field(alias="snapshots.npy")
    trace: Digest = Field(alias="trace.parquet")
    weights: Digest = Field(alias="weights.safetensors")


class RunRecord(_Strict):
    """run.json. `block` is compared with the plan as a whole, so its keys are not repeated here."""

    experiment: Text
    dataset: Text
    variant: Text
    seeds: Annotated[list[Seed], Field(min_length=1)]
    status: list[SeedStatus]
    incidents: list[Text]
    block: dict[str, Any]
    config_hash: Digest
    started: Moment
    declared: dict[Text, Digest] | None
    code: Digest
    data: Digest
    commit: Commit | None
    dirty: bool | None
    streams: list[Streams]
    versions: Versions
    device: Text
    gpu: Gpu | None
    cpu: str
    platform: Text
    host: str
    slurm: dict[str, str] | None
    threads: Count
    deterministic: bool
    matmul_precision: Text
    flags: Flags
    execution: Execution
    ended: Moment
    steps: Count
    batch: Count
    wall_seconds: Seconds
    process_seconds: Seconds
    seed_steps_per_second: Seconds
    files: Files

    @model_validator(mode="after")
    def _parts_fit(self) -> RunRecord:
        if self.seeds != sorted(set(self.seeds)):
            raise ValueError(f"seeds {self.seeds} are not ascending and distinct")
        for name in ("status", "streams"):
            seeds = [entry.seed for entry in getattr(self, name)]
            if seeds != self.seeds:
                raise ValueError(f"{name} is of seeds {seeds}, not of {self.seeds}")
        if (self.device == "cpu") != (self.gpu is None):
            raise ValueError(f"device {self.device} does not go with gpu {self.gpu and self.gpu.name}")
        return self


def problems(content: Any) -> list[tuple[str, str]]:
    """(key, problem) of every part of a run.json that is not valid."""
    try:
        RunRecord.model_validate(content)
    except ValidationError as error:
        return [(".".join(map(str, e["loc"])), f"{e['msg']}, found {e['input']!r:.60}") for e in error.errors()]
    return []
