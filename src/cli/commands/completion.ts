/** `hostdev completion SHELL`: the script that has a shell ask `hostdev complete`. */
import { HostdevError } from '../../errors.ts';
import type { Io } from '../io.ts';
import { BASH } from '../complete/shells/bash.ts';
import { FISH } from '../complete/shells/fish.ts';
import { ZSH } from '../complete/shells/zsh.ts';
import { wordTable } from '../../word-table.ts';

const SCRIPTS = wordTable<string>({ bash: BASH, zsh: ZSH, fish: FISH });

export async function completion(io: Io, shell: string): Promise<number> {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    throw new HostdevError('usage', `there is no completion for the shell '${shell}'`, {
      hint: `there is one for ${Object.keys(SCRIPTS).join(', ')}: in ~/.bashrc, eval "$(hostdev completion bash)"`,
    });
  }
  io.document(script);
  return 0;
}
