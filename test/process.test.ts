/** The package as others run it: built, in a process of its own, on this Node. On others: `node-versions/releases.test.ts`. */
import { describeProcesses } from './node-versions/package-processes.ts';

describeProcesses('this Node', { version: process.versions.node, path: process.execPath, reason: '' });
