/** What the command prints of the same definition, to copy. */
import { type ReactNode, useState } from 'react';
import type { ArgumentForm } from '../../../qemu/argument-lines.ts';
import { shellWord } from '../../../shell-word.ts';
import { type CommandText, commandTexts } from '../model/command-text.ts';
import type { Look } from '../model/look.ts';
import { Printed } from './printed.tsx';

interface CommandTextsProps {
  readonly look: Look;
  readonly commands: readonly CommandText['command'][];
}

export function CommandTexts({ look, commands }: CommandTextsProps): ReactNode {
  const [form, setForm] = useState<ArgumentForm>('json');
  const { name } = look.definition;
  const texts = commandTexts(look, form).filter(({ command }) => commands.includes(command));
  return (
    <>
      <p>
        <label>
          Form of QEMU's arguments{' '}
          <select value={form} onChange={(event) => setForm(event.target.value === 'classic' ? 'classic' : 'json')}>
            <option value="json">JSON (QEMU 6.2 and newer)</option>
            <option value="classic">classic</option>
          </select>
        </label>
      </p>
      {texts.map((text) => (
        <Printed
          key={text.command}
          {...text}
          words={`hostdev ${text.command} ${shellWord(name)}${text.command === 'args' && form === 'classic' ? ' --form classic' : ''}`}
        />
      ))}
    </>
  );
}
