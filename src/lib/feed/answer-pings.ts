import { WebSocket } from 'ws';

/**
 * Answers the pings of the peer; `autoPong` of the WebSocket must be off. While an answer is on its way only the latest ping is
 * kept, as RFC 6455 (5.5.3) allows. `ws` itself keeps 60 and then ends the connection: a healthy peer that catches up with
 * what it missed may send more at once. Without any limit, one that sends pings and reads nothing would fill our memory.
 */
export function answerPings(socket: WebSocket): void {
  let latest: Buffer | undefined;
  let isAnswering = false;
  const answer = (data: Buffer): void => {
    isAnswering = true;
    socket.pong(data, undefined, () => {
      isAnswering = false;
      const next = latest;
      latest = undefined;
      if (next && socket.readyState === WebSocket.OPEN) answer(next);
    });
  };
  socket.on('ping', (data) => {
    // Copies: the socket uses the memory of `data` again.
    if (isAnswering) latest = Buffer.from(data);
    else if (socket.readyState === WebSocket.OPEN) answer(Buffer.from(data));
  });
}
