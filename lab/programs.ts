/** Programs of the laboratory that run inside an emulated host, in the process that stays there (`resident.ts`). */

/** A program: words in, lines out. An error is what went wrong with the program itself. */
type Program = (words: readonly string[], tell: (line: string) => void) => Promise<void>;

/** Each is loaded when it is asked for: loading costs seconds under emulation. */
const PROGRAMS = {
  conformance: async () => (await import('./conformance.ts')).runConformance,
  requests: async () => (await import('./requests.ts')).askRequests,
  forward: async () => (await import('./forward/inside.ts')).forward,
  reach: async () => (await import('./forward/inside.ts')).reach,
  kill: async () => (await import('./crash/kill.ts')).killAll,
  'kill-in-guest': async () => (await import('./crash/guest.ts')).killInGuestChanges,
} satisfies Readonly<Record<string, () => Promise<Program>>>;

export type ProgramName = keyof typeof PROGRAMS;

export async function runProgram(name: ProgramName, words: readonly string[], tell: (line: string) => void): Promise<void> {
  const program: Program = await PROGRAMS[name]();
  await program(words, tell);
}
