/**
 * A reply to no command, such as a nil or a push, trips ioredis up, and it throws that where nobody can catch it: a node
 * that sends one would end this process. Here it ends the connection, as any other breach of the protocol does.
 */
import module from 'ioredis/built/DataHandler.js';

interface Dispatching {
  dispatch(handle: () => void): void;
  returnFatalError(error: Error): void;
}

/** Node gives the CommonJS module's exports, other loaders the class at once. */
const DataHandler = module.default ?? module;
const dataHandler = DataHandler.prototype as unknown as Dispatching;

dataHandler.dispatch = function dispatch(handle) {
  try {
    handle();
  } catch {
    this.returnFatalError(new Error('a reply came that no command was waiting for'));
  }
};
