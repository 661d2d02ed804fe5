/** Said where there is no result, because libvirt would refuse the definition. */
import type { ReactNode } from 'react';
import type { Problem } from '../../../errors.ts';
import { ProblemList } from './problem-list.tsx';

interface RefusedProps {
  readonly problems: readonly Problem[];
  readonly onOpen: (line: number, column: number) => void;
}

export function Refused(props: RefusedProps): ReactNode {
  return (
    <>
      <p>libvirt would refuse this definition, so there is nothing to show here:</p>
      <ProblemList {...props} />
    </>
  );
}
