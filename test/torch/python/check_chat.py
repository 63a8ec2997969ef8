"""What transformers makes of conversations with the templates saved in folders: {name: [ids of each conversation]}."""

import json
import sys

from transformers import PreTrainedTokenizerFast

asked = json.load(open(sys.argv[1]))
answers = {}
for name, folder in asked["folders"].items():
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    answers[name] = [
        [
            list(tokenizer.apply_chat_template(messages, tokenize=True, return_dict=False, add_generation_prompt=prompt))
            for prompt in (False, True)
        ]
        for messages in asked["conversations"]
    ]
json.dump(answers, open(sys.argv[2], "w"))
