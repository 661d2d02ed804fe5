/** A sleep that an event cuts short. */

export class Alarm {
  #hasRung = false;
  #end: (() => void) | undefined;

  /** Ends the sleep, or the next one when there is none: an event that comes before it is not lost. */
  ring(): void {
    this.#hasRung = true;
    this.#end?.();
  }

  /** Sleeps that many milliseconds at most; leaves no timer behind. */
  async sleep(ms: number): Promise<void> {
    if (!this.#hasRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#end = undefined;
    this.#hasRung = false;
  }
}
