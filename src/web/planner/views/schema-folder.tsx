/** The folder of libvirt's schemas, to be chosen; which one is asked, and how it is forgotten. */
import { type ReactNode, useId } from 'react';
import { chosenFiles } from '../model/dropped-files.ts';
import type { PlannerState } from '../model/use-planner.ts';

/** React has no name for it; every browser has. */
const FOLDER = { webkitdirectory: '' };

export function SchemaFolder({ planner: { schemas, open, forgetSchemas } }: { readonly planner: PlannerState }): ReactNode {
  const folder = useId();
  if (schemas === undefined) {
    return (
      <label htmlFor={folder}>
        Folder of libvirt’s schemas
        <input id={folder} type="file" {...FOLDER} onChange={(event) => void open(chosenFiles(event.target.files ?? []))} />
      </label>
    );
  }
  return (
    <span className="host">
      <span className="label">Schemas</span>
      <span>
        <span className="mono">{schemas.directory}</span>{' '}
        <button type="button" onClick={forgetSchemas}>
          Forget
        </button>
      </span>
    </span>
  );
}
