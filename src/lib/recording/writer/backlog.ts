/** With so much not yet written the source should stop reading... */
const PRESSURE_ON_BYTES = 4 * 1024 * 1024;
/** ...until there is only so much. */
const PRESSURE_OFF_BYTES = 1024 * 1024;

/** How many bytes of rows wait to be written, over all files of a recording. */
export class Backlog {
  bytes = 0;
  isPressed = false;
  readonly #onPressure: (on: boolean) => void;

  constructor(onPressure: (on: boolean) => void) {
    this.#onPressure = onPressure;
  }

  add(bytes: number): void {
    this.bytes += bytes;
    if (!this.isPressed && this.bytes >= PRESSURE_ON_BYTES) this.#press(true);
  }

  remove(bytes: number): void {
    this.bytes -= bytes;
    if (this.isPressed && this.bytes <= PRESSURE_OFF_BYTES) this.#press(false);
  }

  #press(on: boolean): void {
    this.isPressed = on;
    this.#onPressure(on);
  }
}
