import { TickpipeError } from '../../errors/tickpipe-error.ts';

/** `HUB_UNAVAILABLE`: no hub answers, or not to the end. A refusal of the hub is another error. */
export class HubUnreachable extends TickpipeError {
  /** No process listens there. Else one does, or did a moment ago. */
  readonly isAbsent: boolean;

  constructor(message: string, options: { isAbsent?: boolean; hint?: string; cause?: unknown } = {}) {
    super('HUB_UNAVAILABLE', message, options);
    this.isAbsent = options.isAbsent ?? false;
  }
}

/** `HUB_UNAVAILABLE`: the connection to the hub ended before the answer came. Another hub may have it. */
export class HubLost extends TickpipeError {
  constructor(message = 'the shared session ended') {
    super('HUB_UNAVAILABLE', message);
  }
}
