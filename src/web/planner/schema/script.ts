/** The validator as a part of a classic script, for the planner that is opened as a file: `web.config.ts` wraps it into `loadHostdevSchema`. */
import { createValidator } from './create-validator.ts';

Object.assign(globalThis, { createHostdevValidator: createValidator });
