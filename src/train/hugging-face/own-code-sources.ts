/** The Python files of a folder with an architecture of one's own, as `ruff format` lays them out. */

/** A type that no model of transformers has. */
export function modelType(name: string): string {
  return `llmpipe_${name}`
}

/** The source of the class of config.json. */
export function configurationSource(name: string, className: string): string {
  return `"""The settings of the architecture \`${name}\`; written by llmpipe."""

from transformers import PretrainedConfig


class ${className}Config(PretrainedConfig):
    """Describes a model whose sizes are in its code; \`arguments\` has those of the program."""

    model_type = "${modelType(name)}"
`
}

/** The inputs of a model as arguments of transformers. Padding is a text of its own, which other tokens do not see. */
const arguments_: Readonly<Record<string, string>> = {
  tokens: 'input_ids',
  positions: 'position_ids',
  segments: 'attention_mask',
}

/**
 * The source of the class that transformers loads. \`source\` defines the model, as TorchModule describes it, and \`inputs\` are the arguments of
 * its \`forward\` for each input.
 */
export function modelingSource(
  name: string,
  className: string,
  source: string,
  inputs: Readonly<Record<string, string>>,
): string {
  const given = Object.keys(inputs).map((input) => arguments_[input])
  // The source begins with its docstring and its imports.
  const [head = '', ...parts] = source.trimEnd().split('\n\n\n')
  const [docstring] = head.split('\n\n')
  return `${docstring}

import torch
import torch.nn.functional as F
from torch import nn
from transformers import GenerationMixin, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

from .configuration_${name} import ${className}Config


${parts.join('\n\n\n')}


class ${className}ForCausalLM(PreTrainedModel, GenerationMixin):
    """The model for transformers; it computes the whole text for each new token."""

    config_class = ${className}Config
    # The loss is the mean of a batch: Trainer divides it by gradient_accumulation_steps.
    accepts_loss_kwargs = False

    def __init__(self, config):
        super().__init__(config)
        self.model = Model()
        self.post_init()

    def _init_weights(self, module):
        """Does nothing: all weights are loaded."""

    def forward(
        self, input_ids, attention_mask=None, position_ids=None, labels=None, **kwargs
    ):
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        if position_ids is None:
            position_ids = (attention_mask.long().cumsum(-1) - 1).clamp(min=0)
        device, dtype = input_ids.device.type, self.dtype
        with torch.autocast(device, dtype=dtype, enabled=dtype != torch.float32):
            logits = self.model(${given.join(', ')})["logits"]
        loss = None
        if labels is not None:
            predicted, wanted = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
            loss = F.cross_entropy(predicted.float(), wanted)
        return CausalLMOutput(loss=loss, logits=logits)

    def prepare_inputs_for_generation(self, input_ids, attention_mask=None, **kwargs):
        return {"input_ids": input_ids, "attention_mask": attention_mask}
`
}
