"""Records how Python's transformers renders chat templates: test/text/chat/golden/renderings.json and jinja.json.

    python test/text/chat/record.py        (transformers installed)
"""

import datetime
import json
import random
import re

from transformers.utils import chat_template_utils

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

# Of their kind: thoughts after the last question alone, as Qwen3 has them; of no answer, as DeepSeek R1; and in a field of their own.
templates["qwen3-like"] = (
    "{%- if tools %}\n    {{- '<|im_start|>system\\n' }}\n    {%- if messages[0].role == 'system' %}\n        {{- messages[0].content + '\\n\\n' }}\n    {%- endif %}\n"
    "    {{- \"# Tools\\n<tools>\" }}\n    {%- for tool in tools %}\n        {{- \"\\n\" }}\n        {{- tool | tojson }}\n    {%- endfor %}\n    {{- \"\\n</tools><|im_end|>\\n\" }}\n"
    "{%- elif messages[0].role == 'system' %}\n    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}\n{%- endif %}\n"
    "{%- set ns = namespace(looking=true, last_query_index=messages|length - 1) %}\n{%- for message in messages[::-1] %}\n    {%- set index = (messages|length - 1) - loop.index0 %}\n"
    "    {%- if ns.looking and message.role == \"user\" and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}\n"
    "        {%- set ns.looking = false %}\n        {%- set ns.last_query_index = index %}\n    {%- endif %}\n{%- endfor %}\n"
    "{%- for message in messages %}\n    {%- if (message.role == \"user\") or (message.role == \"system\" and not loop.first) %}\n        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n"
    "    {%- elif message.role == \"assistant\" %}\n        {%- set content = message.content %}\n        {%- set reasoning_content = '' %}\n        {%- if message.reasoning_content is defined and message.reasoning_content is not none %}\n"
    "            {%- set reasoning_content = message.reasoning_content %}\n        {%- elif '</think>' in message.content %}\n            {%- set content = message.content.split('</think>')[-1].lstrip('\\n') %}\n"
    "            {%- set reasoning_content = message.content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}\n        {%- endif %}\n"
    "        {%- if loop.index0 > ns.last_query_index and (loop.last or (not loop.last and reasoning_content)) %}\n            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}\n"
    "        {%- else %}\n            {{- '<|im_start|>' + message.role + '\\n' + content }}\n        {%- endif %}\n        {%- if message.tool_calls %}\n            {%- for tool_call in message.tool_calls %}\n"
    "                {%- if tool_call.function %}\n                    {%- set tool_call = tool_call.function %}\n                {%- endif %}\n                {{- '\\n<tool_call>\\n{\"name\": \"' + tool_call.name + '\", \"arguments\": ' }}\n"
    "                {{- tool_call.arguments if tool_call.arguments is string else tool_call.arguments | tojson }}\n                {{- '}\\n</tool_call>' }}\n            {%- endfor %}\n        {%- endif %}\n        {{- '<|im_end|>\\n' }}\n"
    "    {%- elif message.role == \"tool\" %}\n        {{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}\n    {%- endif %}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n    {%- if enable_thinking is defined and enable_thinking is false %}\n        {{- '<think>\\n\\n</think>\\n\\n' }}\n    {%- endif %}\n{%- endif %}\n"
)
templates["r1-like"] = (
    "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, system_prompt='') %}"
    "{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{ bos_token }}{{ ns.system_prompt }}"
    "{%- for message in messages %}{%- if message['role'] == 'user' %}{{ '<｜User｜>' + message['content'] }}{%- endif %}"
    "{%- if message['role'] == 'assistant' and message['content'] is not none %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{ '<｜Assistant｜>' + content + eos_token }}{%- endif %}"
    "{%- endfor %}{% if add_generation_prompt %}{{ '<｜Assistant｜><think>\\n' }}{% endif %}"
)
templates["dated"] = (
    "{{- bos_token }}{%- set today = strftime_now('%d %b %Y') %}{%- macro say(role, text) %}{{ '<|' + role + '|>' }}\n{{ text.get('content', '') | trim }}{{ '<|end|>' }}{%- endmacro %}\n"
    "{{- 'Today: {}.'.format(today) }}{%- for message in messages %}{{ say(message.role, message) }}{%- endfor %}{%- if add_generation_prompt %}{{ '<|assistant|>\\n' }}{%- endif %}"
)

def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def system(text):
    return {"role": "system", "content": text}


conversations = [
    [user("Define whale.")],
    [user("Define whale."), assistant("A large marine mammal.")],
    [system("Be brief."), user("Hi"), assistant("Hello."), user("And?\n\nMore?"), assistant("  No.  \n")],
    [user(" spaces around \n"), assistant("\n\tcode:\n    x = {{ y }} {% if %}\n"), user("Größe, 你好, 👍, ' \" \\ \\n")],
    [user("<|im_end|>\n<|im_start|>system"), assistant("<|endoftext|>")],
    [user(""), assistant("")],
    [user("2+2?"), assistant("<think>\nshort\n</think>\n\nFour."), user("3+3?"), assistant("<think></think>Six.")],
    [user("2+2?"), assistant("Four.", reasoning_content="short"), user("3+3?"), assistant("Six.", reasoning_content="\nlong\n")],
    [
        user("Weather?"),
        assistant("", tool_calls=[{"type": "function", "function": {"name": "weather", "arguments": {"in": "Köln", "days": 2, "exact": True}}}]),
        {"role": "tool", "name": "weather", "content": '{"sun": 1.5}'},
        assistant("Sunny."),
    ],
]
# Fragments that templates look for, put together at random.
fragments = ["<think>", "</think>", "\n", "  ", "<|im_end|>", "<｜User｜>", "<tool_response>", "</tool_response>", "a", "é👍", "\\", '"', "{{ x }}", "\u00a0", "\u2028"]
random = random.Random(1)
for _ in range(12):
    talk = []
    for _ in range(random.randint(1, 2)):
        talk += [user("".join(random.choices(fragments, k=random.randint(0, 5)))), assistant("".join(random.choices(fragments, k=random.randint(0, 6))))]
    conversations.append(talk)

tools = [{"type": "function", "function": {"name": "weather", "description": 'The "weather", in °C', "parameters": {"type": "object", "properties": {"in": {"type": "string"}}, "required": ["in"]}}}]
variables = {"bos_token": "<s>", "eos_token": "</s>"}


class Then(datetime.datetime):
    """The day that templates see."""

    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


chat_template_utils.datetime = Then


def render(jinja, messages, prompt, tools=None):
    try:
        texts, _ = chat_template_utils.render_jinja_template(
            [messages], tools=tools, chat_template=jinja, add_generation_prompt=prompt, **variables
        )
        return {"text": texts[0]}
    except Exception as error:
        return {"error": str(error)}


recorded = []
for name, jinja in templates.items():
    for number, messages in enumerate(conversations):
        for prompt in (False, True):
            for given in (None, tools) if name == "qwen3-like" else (None,):
                case = {"template": name, "conversation": number, "prompt": prompt, "tools": given is not None}
                recorded.append({**case, **render(jinja, messages, prompt, given)})

with open("test/text/chat/golden/renderings.json", "w") as file:
    golden = {"templates": templates, "variables": variables, "tools": tools, "conversations": conversations}
    parts = [f'"{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in golden.items()]
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in recorded)
    file.write("{" + ",\n".join(parts) + ',\n"recorded": [\n' + lines + "\n]}")
    file.write("\n")

# Jinja, piece by piece: a template a line; lines that begin with a blank, or with what only ends one, belong to the line before.
expressions = r"""
{{ 'a' + 'b' }}|{{ 1 + 2 * 3 - 4 // 3 % 2 }}|{{ 7 / 2 }}|{{ 2 ** 3 ** 2 }}|{{ -7 // 2 }} {{ -7 % 3 }}
{{ [1, 'a', none, true, 2.5, {'k': 'v'}, (1,), (1,2)] }}
{{ "it's" }} {{ ["it's", 'say "x"', "both ' and \""] }}
{{ 'a\tb\n\\' }} {{ ['a\tb\n\\é\u200b'] }}
{{ 1.0 }} {{ 1e20 }} {{ 0.00001 }} {{ 1.5e-7 }} {{ 100000.0 * 3 }}
{{ 'Hello World foo-bar'.title() }} {{ "they're bill's".title() }} {{ 'ß'.upper() }} {{ 'ΑΣ'.lower() }}
{{ '  a b  c '.split() }} {{ 'a,b,,c'.split(',') }} {{ 'a,b,,c'.split(',', 1) }} {{ ' a b c '.split(None, 1) }} {{ 'a b c'.rsplit(' ', 1) }} {{ '  a b c '.rsplit(None, 1)}}
{{ 'abc'[1] }} {{ 'abc'[-1] }} {{ 'abcdef'[1:4] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[-3:] }} {{ 'abcdef'[:-2] }} {{ 'abcdef'[::2] }} {{ 'abcdef'[4:1:-1] }} {{ [1,2,3][::-1] }} {{ [1,2,3][5:] }}
{{ '😀a😀b'[1] }} {{ '😀a😀b'|length }} {{ '😀a😀b'[::-1] }} {{ '😀a😀b'.find('b') }} {{ '😀a'[1:] }}
{{ 'x' * 3 }} {{ 3 * 'x' }} {{ [1] * 3 }} {{ 'x' * -1 }}
{{ 'a' in 'abc' }} {{ 'z' not in 'abc' }} {{ 1 in [1,2] }} {{ 'k' in {'k': 1} }} {{ 'a' in undefinedthing }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' < 'b' }} {{ not 1 == 2 }}
{{ 'yes' if true }}{{ 'no' if false }} {{ 'a' if false else 'b' if false else 'c' }}
{{ x is defined }} {{ x is not defined }} {{ 1 is none }} {{ 'a' is string }} {{ 1 is number }} {{ 1.0 is float }} {{ 1 is integer }} {{ true is boolean }} {{ {} is mapping }} {{ [] is sequence }} {{ {} is sequence }} {{ [] is iterable }} {{ 3 is odd }} {{ 4 is even }} {{ 4 is divisibleby 2 }} {{ 4 is divisibleby(3) }} {{ 1 is eq 1 }} {{ 1 is in [1] }} {{ none is sameas none }} {{ true is number }} {{ true is integer }}
{{ 'a' is lower }} {{ 'A' is upper }} {{ '1' is lower }} {{ x|default('d') }} {{ ''|default('d') }} {{ ''|default('d', true) }} {{ none|d('x', boolean=true) }}
{{ '%s and %d and %5.2f and %05d %x %%' % ('a', 3, 2.5, 42, 255) }} {{ '%s' % 'x' }} {{ '%-5s|' % 'x' }} {{ '%s-%s'|format('a', 'b') }} {{ '%(a)s' % {'a': 1} }}
{{ '{} {x} {{}}'.format('a', x='b') }} {{ '{0}{1}{0}'.format('a','b') }} {{ '{:>5}|{:<5}|{:^5}|{:05d}|{:,}|{:.2f}'.format('a','b','c',42,1234567,3.14159) }}
{{ 'abc'|upper }} {{ 'ABC'|lower }} {{ 'hello world'|capitalize }} {{ 'a b'|title }} {{ ' a '|trim }} {{ 'xxaxx'|trim('x') }} {{ [3,1,2]|sort }} {{ ['b','A','c']|sort }} {{ [1,2]|join(', ') }} {{ 'abc'|join('-') }} {{ [1,2,3]|sum }} {{ [1,2,3]|first }} {{ [1,2,3]|last }} {{ []|first }} {{ 'abc'|list }} {{ [1,1,2]|unique|list }} {{ [1,2,3]|reverse|list }} {{ 'abc'|reverse }} {{ 2.5|round }} {{ 3.5|round }} {{ 2.567|round(2) }} {{ 2.1|round(0,'ceil') }} {{ '12'|int }} {{ 'x'|int }} {{ 'x'|int(7) }} {{ '1.5'|float }} {{ 3.9|int }} {{ -3.9|int }} {{ 5|abs }} {{ -5|abs }} {{ [1,2]|length }} {{ 'a'|string }} {{ 1|string }} {{ true|string }}
{{ {'a': 1, 'b': [1, "x"], 'c': none, 'd': true}|tojson }} {{ {'a': 1, 'b': {}}|tojson(indent=2) }} {{ [1,'é"<>&\n']|tojson }} {{ []|tojson(indent=4) }} {{ [1,[2]]|tojson(indent=4) }} {{ {'b':1,'a':2}|tojson(sort_keys=true) }} {{ [1,{'a':2}]|tojson(separators=(',',':')) }} {{ 'é'|tojson(ensure_ascii=true) }}
{{ {'b':1,'a':2}|dictsort }} {{ {'b':1,'a':2}|items|list }} {{ {'b':1}.items()|list }} {{ {'b':1}.keys()|list }} {{ {'b':1}.values()|list }} {{ {'b':1}.get('b') }} {{ {'b':1}.get('c') }} {{ {'b':1}.get('c', 'd') }} {{ {'items': 3}.items is callable }} {{ {'items': 3}['items'] }}
{{ messages|map(attribute='role')|list }} {{ messages|map(attribute='x', default='q')|list }} {{ messages|selectattr('role', 'equalto', 'user')|list|length }} {{ messages|rejectattr('role', 'eq', 'user')|map(attribute='content')|join('|') }} {{ ['a','b']|map('upper')|list }} {{ [1,2,3,4]|select('odd')|list }} {{ [1,2,3,4]|reject('gt', 2)|list }} {{ [0,1,'']|select|list }} {{ messages|groupby('role')|list|length }} {{ [1,2,3,4,5]|batch(2)|list }} {{ [3,1]|max }} {{ [3,1]|min }}
{{ 'line1\nline2\n\nline4'|indent }} {{ 'a\nb'|indent(2, true) }} {{ 'a\n\nb'|indent(2, blank=true) }} {{ 'a\nb\n'|indent(2) }} {{ 'a\nb'|indent('>>') }}
{{ 'a'|e }}{{ '<a href="x">'|e }} {{ 'hello big world'|truncate(9) }} {{ 'hello big world foo'|truncate(9, true, '..', 0) }} {{ 'a b/c&'|urlencode }} {{ 'a b c'|wordcount }} {{ 'aXbX'|replace('X','-') }} {{ 'aXbX'|replace('X','-',1) }} {{ 'aXbX'.replace('X','-',1) }} {{ 'abc'.replace('', '-') }} {{ 'abc'.replace('','-',2) }}
{{ 'abc'.startswith('a') }} {{ 'abc'.startswith(('x','a')) }} {{ 'abc'.endswith('bc') }} {{ 'abc'.startswith('b', 1) }} {{ 'xax'.strip('x') }} {{ 'xax'.lstrip('x') }} {{ 'xax'.rstrip('x') }} {{ 'abcb'.find('b') }} {{ 'abcb'.rfind('b') }} {{ 'abcb'.count('b') }} {{ 'abc'.index('c') }} {{ 'a-b-c'.partition('-') }} {{ 'a-b-c'.rpartition('-') }} {{ 'abc'.partition('-') }} {{ 'a\nb\r\nc'.splitlines() }} {{ 'x'.join(['a','b']) }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }} {{ 'ab'.center(6, '*') }} {{ 'ab'.ljust(4) }}| {{ 'ab'.rjust(4) }} {{ '5'.zfill(3) }} {{ '-5'.zfill(4) }} {{ 'aB'.swapcase() }} {{ '12'.isdigit() }} {{ 'ab'.isalpha() }} {{ ' '.isspace() }} {{ 'AB'.isupper() }} {{ 'a b'.capitalize() }} {{ 'ab1'.isalnum() }}
{% for i in range(5) if i is odd %}{{ i }}{{ loop.index }}{% if not loop.last %},{% endif %}{% else %}none{% endfor %}
{% for i in [] %}x{% else %}none{% endfor %}{% for a, b in [(1,2),(3,4)] %}{{ a }}{{ b }};{% endfor %}{% for k, v in {'a':1}.items() %}{{ k }}={{ v }}{% endfor %}{% for k in {'a':1} %}{{ k }}{% endfor %}
{% set x = 1 %}{% for i in range(3) %}{{ x }}{% set x = 5 %}{{ x }}{% endfor %}{{ x }}
{% set ns = namespace(x=1) %}{% for i in range(3) %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}
{% set a, b = 1, 2 %}{{ a }}{{ b }} {% set t %}block {{ a }}{% endset %}[{{ t }}] {% set u | upper %}abc{% endset %}{{ u }}
{% macro m(a, b='d', c=none) %}({{ a }},{{ b }},{{ c }},{{ varargs }},{{ kwargs }}){% endmacro %}{{ m(1) }}{{ m(1, 2, 3, 4, 5, z=6) }}{{ m(b=1, a=2) }}{{ m() }}
{% macro w(t) %}<{{ t }}>{{ caller('x') }}</{{ t }}>{% endmacro %}{% call(v) w('b') %}in {{ v }}{% endcall %}
{% macro r(n) %}{{ n }}{% if n > 0 %}{{ r(n - 1) }}{% endif %}{% endmacro %}{{ r(4) }}
{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% filter upper %}abc {{ 'd' }}{% endfilter %}{% with a=1, b=2 %}{{ a + b }}{% endwith %}{% raw %}{{ raw }} {% if %}{% endraw %}
   {% if true %}  
  x
   {% endif %}  
  {%- if true -%}   y   {%- endif -%}   z
  {# comment #}
a {# c #} b
{{ [messages[0].role, messages[-1]['content'], messages[5].x is defined] }}
{{ messages[0] }}
{{ undefinedx }}|{{ undefinedx.y }}
{{ undefinedx + 'a' }}
{{ none + 'a' }}
{{ 1 + 'a' }}
{{ 'a' ~ 1 ~ none ~ true ~ 1.5 ~ [1] }}
{{ raise_exception('no way') }}
{{ strftime_now('%d %b %Y %B %A %H:%M') }}
{{ nofilter|nosuch }}
{{ 1 is nosuch }}
{{ [1,2].append(3) }}
{{ {'a':1}.update({'b':2}) }}
{{ range(3)|list }} {{ range(1, 10, 3)|list }} {{ range(5, 0, -2)|list }}
{{ range(1000000)|length }}
{{ dict(a=1, b='x') }} {{ loop is defined }}
{{ 'a' 'b' "c" }} {{ "\u00e9\x41\101\q" }} {{ 1_000 }} {{ 0x1f }}
{{ true and 'x' or 'y' }} {{ '' or 'z' }} {{ not '' }} {{ (1, 2)[0] }} {{ {'a': {'b': 1}}.a.b }} {{ [[1,2],[3]][0][1] }} {{ {'a':[1,2]}.a.1 }}
{{ ("a b c"|replace(" ", "_")).split('_')|last|upper }} {{ 'abc'|length > 2 and true }} {{ 'a b'.split(' ')[-1].upper() }}
{% if messages[0]['role'] == 'system' %}s{% elif messages[0].role == 'user' %}u{% else %}o{% endif %}
{%- for message in messages %}{%- if loop.first %}F{% endif %}{{ loop.index0 ~ '/' ~ loop.length ~ loop.revindex }}{{ loop.previtem.role if loop.previtem is defined else '-' }}{{ loop.nextitem.role if not loop.last }}{{ loop.cycle('a','b') }}{%- endfor %}
{{ messages | length - 1 }} {{ (messages | length) - 1 }} {{ -messages|length }}
{{ 'x' if messages is iterable and messages is not mapping and messages is not string }}
{{ [1,2,3][1:]|tojson }}{{ (1,2)|tojson }}{{ 1.0|tojson }}{{ 1e20|tojson }}
{{ 5.5 // 2 }} {{ 5.5 % 2 }} {{ 2 ** -1 }} {{ 4 ** 0.5 }} {{ true + 1 }} {{ 10 / 5 }} {{ 1 / 0 }}
{{ ''.join(['a'])|trim ~ '\n' }}{{ '\n' }}
{{ messages|selectattr('role','in',['user','system'])|list|length }} {{ messages|selectattr('nosuch')|list }} {{ messages|selectattr('nosuch','defined')|list }} {{ messages|sort(attribute='content')|map(attribute='content')|list }} {{ 'b,a'.split(',')|sort|join(',') }}
{% set x = {'a': 1} %}{% set y = dict(x, b=2) %}{{ y }}{% set x = x | length %}{{ x }}
{% generation %}gen{% endgeneration %} {%- generation -%} g {%- endgeneration -%} end
{% for c in 'abc' recursive %}{{ c }}{% endfor %}{% for n in [[1,[2]],3] recursive %}{% if n is iterable %}[{{ loop(n) }}]{% else %}{{ n }}{% endif %}{% endfor %}
{{ messages[0].content.split('\n')|map('trim')|map('upper')|join('/') }}
{{ '\\n' }} {{ 'a\
b' }}
{{ "a" if true else raise_exception('x') }} {{ {"a" : "b", }["a"] }} {{ [1, 2, ] }} {{ (1, ) }} {{ () }}
{{ 'a' is eq('a') and 'b' is ne('a') }} {{ none is not none }} {{ 3 is gt 2 }} {{ 'x' is not in 'abc' }}
{{ 'A'.lower() == 'a' }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' == none }} {{ [1] == [1] }} {{ (1,) == [1] }} {{ undefinedx == none }} {{ undefinedx == undefinedy }} {{ undefinedx|length }} {% for q in undefinedx %}q{% endfor %}
{%+ if true %}x{% endif +%} 
 y
{{ messages|list|tojson }}
{{ tools }}{% if tools %}T{{ tools[0].function.name }}{{ tools|tojson(indent=4) }}{% endif %}
{{ documents is none }} {{ tools is none }}
"""
rows = []
for line in expressions.strip("\n").split("\n"):
    if line.startswith((" ", "y", "b' }}")):
        rows[-1] += "\n" + line
    else:
        rows.append(line)
messages = [
    user("Hi\nthere  "),
    assistant('Größe 😀 "q"', tool_calls=[{"type": "function", "function": {"name": "f", "arguments": {"x": 1, "y": "é"}}}]),
    user("2"),
]
pieces = [{"jinja": row, **render(row, messages, False, tools)} for row in rows]
with open("test/text/chat/golden/jinja.json", "w") as file:
    json.dump({"messages": messages, "tools": tools, "pieces": pieces}, file, indent=1, ensure_ascii=False)
    file.write("\n")
print(len(recorded), "renderings,", len(pieces), "pieces of Jinja")
