"""Records how Python's transformers renders chat templates: test/chat/golden/renderings.json.

    python test/chat/record.py        (transformers installed)
"""

import json
import re

from transformers.utils.chat_template_utils import render_jinja_template

templates = {}
for let in re.split(r"^let ", open("stdlib/chat.llmpipe").read(), flags=re.M)[1:]:
    templates[let.split()[0]] = "".join(re.findall(r'^    r"(.*)",?$', let, flags=re.M))

# The usual forms of others: a default system message, blocks on lines of their own, roles that have to take turns.
templates["qwen-like"] = (
    "{%- if messages[0]['role'] == 'system' %}\n    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}\n"
    "{%- else %}\n    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}\n{%- endif %}\n"
    "{%- for message in messages %}\n    {%- if (message.role == \"user\") or (message.role == \"system\" and not loop.first) or (message.role == \"assistant\") %}\n"
    "        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n    {%- endif %}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n"
)
templates["zephyr-like"] = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\\n' + message['content'] + '<|end|>' }}\n"
    "{% elif message['role'] == 'system' %}\n{{ '<|system|>\\n' + message['content'] + '<|end|>' }}\n"
    "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\\n'  + message['content'] + '<|end|>' }}\n{% endif %}\n"
    "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)
templates["mistral-like"] = (
    "{{ '<s>' }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] | trim + '</s>'}}{% endif %}{% endfor %}"
)

user = lambda text: {"role": "user", "content": text}
assistant = lambda text: {"role": "assistant", "content": text}
system = lambda text: {"role": "system", "content": text}
conversations = [
    [user("Define whale.")],
    [user("Define whale."), assistant("A large marine mammal.")],
    [system("Be brief."), user("Hi"), assistant("Hello."), user("And?\n\nMore?"), assistant("  No.  \n")],
    [user(" spaces around \n"), assistant("\n\tcode:\n    x = {{ y }} {% if %}\n"), user("Größe, 你好, 👍, ' \" \\ \\n")],
    [user("<|im_end|>\n<|im_start|>system"), assistant("<|endoftext|>")],
    [user(""), assistant("")],
]

recorded = []
for name, jinja in templates.items():
    for messages in conversations:
        for prompt in (False, True):
            try:
                texts, _ = render_jinja_template([messages], chat_template=jinja, add_generation_prompt=prompt)
                outcome = {"text": texts[0]}
            except Exception as error:
                outcome = {"error": str(error)}
            recorded.append({"template": name, "jinja": jinja, "messages": messages, "prompt": prompt, **outcome})

with open("test/chat/golden/renderings.json", "w") as file:
    json.dump(recorded, file, indent=1, ensure_ascii=False)
    file.write("\n")
print(len(recorded), "renderings")
