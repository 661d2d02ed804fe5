/** What is looked at, and for which libvirt. */
import { type ReactNode, useId, useState } from 'react';
import { versionWords } from '../../../addressing/libvirt/version-words.ts';
import { KNOWN_LIBVIRTS } from '../../../addressing/libvirt/known.ts';
import { EXAMPLES } from '../model/examples.ts';
import { chosenFiles } from '../model/dropped-files.ts';
import { SCHEMA_FOLDER } from '../model/schemas.ts';
import type { PlannerState } from '../model/use-planner.ts';
import { HostText } from './host-text.tsx';
import { SchemaFolder } from './schema-folder.tsx';

interface ToolbarProps {
  readonly planner: PlannerState;
  readonly canAskSchemas: boolean;
}

export function Toolbar({ planner, canAskSchemas }: ToolbarProps): ReactNode {
  const { host, libvirt, look, schemas, open, showExample, chooseLibvirt, giveHost } = planner;
  const file = useId();
  const [pasting, setPasting] = useState(false);
  return (
    <header>
      <h1>Planner</h1>
      <p className="faint">
        What libvirt makes of a definition, what it means for a host, and what is done there for a wish. All of it is worked out in this browser; nothing is
        sent.{' '}
        {canAskSchemas ? (
          schemas === undefined ? (
            <>
              libvirt’s schemas are not known here: give their folder, <code>{SCHEMA_FOLDER}</code>.
            </>
          ) : null
        ) : (
          <>
            libvirt’s schemas are not looked at here: <code>hostdev validate</code> does that.
          </>
        )}
      </p>
      <div className="toolbar">
        <label>
          Example
          <select value="" onChange={(event) => showExample(event.target.value)}>
            <option value="">choose…</option>
            {EXAMPLES.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label htmlFor={file}>
          Open definition, wish or host
          <input id={file} type="file" multiple onChange={(event) => void open(chosenFiles(event.target.files ?? []))} />
        </label>
        {canAskSchemas ? <SchemaFolder planner={planner} /> : null}
        <label>
          libvirt
          <select value={libvirt ?? ''} onChange={(event) => chooseLibvirt(event.target.value === '' ? undefined : event.target.value)}>
            <option value="">the host’s, else the newest</option>
            {KNOWN_LIBVIRTS.toReversed().map(({ version, qemu, ships }) => (
              <option key={version} value={version}>
                {version} with QEMU {qemu} ({ships})
              </option>
            ))}
          </select>
        </label>
        <span className="host">
          <span className="label">Host</span>
          <span>
            <span className="mono">{host.name}</span>{' '}
            <button type="button" aria-expanded={pasting} onClick={() => setPasting(!pasting)}>
              Paste…
            </button>{' '}
            {host.name === 'none' ? null : (
              <button type="button" onClick={() => giveHost(undefined)}>
                Forget
              </button>
            )}
          </span>
        </span>
      </div>
      {pasting ? (
        <HostText
          onGive={(text) => {
            giveHost({ name: 'pasted.json', text });
            setPasting(false);
          }}
        />
      ) : null}
      {look?.versions === undefined ? null : <p className="faint">For {versionWords(look.versions, 'another can be chosen above')}.</p>}
    </header>
  );
}
