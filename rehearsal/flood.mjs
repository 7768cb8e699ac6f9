// @ts-check
/*
 * Very many connections, in a thread of their own: a client in the same thread would say its own request too late.
 * A package's files have to be JavaScript to be run by themselves, so this is.
 */
import { connect } from 'node:net';
import { workerData } from 'node:worker_threads';

/** @type {import('./cases/status.ts').Connections} */
const { count, ports, request, reads, opened } = workerData;

/** @param {number} port */
function open(port) {
  Atomics.add(opened, 0, 1);
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  if (reads) socket.resume();
  else socket.pause();
  socket.on('error', () => undefined);
  // Whoever is shut out comes again, some while later, or the flood would be of this program's making.
  socket.on('close', () => soon(port));
}

/** @param {number} port */
function soon(port) {
  setTimeout(open, 250 + Math.random() * 1000, port);
}

for (let index = 0; index < count; index++) soon(ports[index % ports.length] ?? 0);
