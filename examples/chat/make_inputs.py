"""Make what a hub would provide: a tokenizer, a small Llama, and chats with duplicates in them.

The text is the Python language reference that comes with every interpreter.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from pydoc_data.topics import topics

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, PreTrainedTokenizerFast

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}</s>\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chats", type=int, default=6000)
    parser.add_argument("--duplicates", type=float, default=0.2, help="their share of the chats")
    options = parser.parse_args()
    make(options.folder, options.chats, options.duplicates)


def make(folder: Path, chats: int, duplicates: float) -> None:
    """Write `model/` (tokenizer and config) and `chats.jsonl` into a folder."""
    paragraphs = [
        " ".join(paragraph.split())
        for text in topics.values()
        for paragraph in text.split("\n\n")
        if len(paragraph.split()) > 8
    ]
    model = folder / "model"
    model.mkdir(parents=True, exist_ok=True)
    tokenizer = _train_tokenizer(paragraphs)
    tokenizer.save_pretrained(model)
    _config(tokenizer).save_pretrained(model)
    rows = list(_chats(paragraphs, chats, duplicates))
    with (folder / "chats.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _train_tokenizer(paragraphs: list[str]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4096,
        special_tokens=["<unk>", "<s>", "</s>", "<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(paragraphs, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        chat_template=CHAT_TEMPLATE,
    )


def _config(tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        architectures=["LlamaForCausalLM"],
    )


def _chats(paragraphs: list[str], count: int, duplicates: float):
    """Conversations of one to four turns; lengths are log-normal, as people write them."""
    chance = random.Random(7)
    distinct = []
    for _ in range(count):
        if distinct and chance.random() < duplicates:
            yield chance.choice(distinct)
            continue
        messages = []
        for _ in range(chance.randint(1, 4)):
            messages.append({"role": "user", "content": chance.choice(paragraphs)})
            answer = chance.sample(paragraphs, max(1, round(chance.lognormvariate(0.5, 0.7))))
            messages.append({"role": "assistant", "content": "\n\n".join(answer)})
        distinct.append({"messages": messages})
        yield distinct[-1]


if __name__ == "__main__":
    main()
