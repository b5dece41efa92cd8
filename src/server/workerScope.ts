/** What a browser worker offers, as far as the server uses it. Declared here, because only the panel is compiled with the browser's types. */

/** A worker as seen from the other side of its channel. */
export interface WorkerLike {
  post(message: unknown): void;
  onmessage<T>(listener: (message: T) => void): void;
}

export interface StartedWorker extends WorkerLike {
  onerror(listener: (why: string) => void): void;
  terminate(): void;
}

interface MessageEventLike<T> {
  readonly data: T;
}

interface WorkerObject {
  postMessage(message: unknown): void;
  addEventListener<T>(type: 'message', listener: (event: MessageEventLike<T>) => void): void;
  addEventListener(type: 'error', listener: (event: { readonly message?: string }) => void): void;
  terminate(): void;
}

interface WorkerScope {
  readonly name: string;
  readonly crossOriginIsolated?: boolean;
  postMessage(message: unknown): void;
  addEventListener<T>(type: 'message', listener: (event: MessageEventLike<T>) => void): void;
}

declare const self: WorkerScope;
declare const Worker: new (url: string, options: { readonly name: string }) => WorkerObject;

/** The worker this code runs in. */
export const thisWorker = {
  name: self.name,
  /** Memory can be shared between workers. */
  isolated: self.crossOriginIsolated === true,
  /** For the language server's own reader and writer. */
  port: self,
  post: (message: unknown): void => self.postMessage(message),
  onmessage: <T>(listener: (message: T) => void): void =>
    self.addEventListener<T>('message', ({ data }) => listener(data)),
};

/** A second worker of the same script. The script may come from another origin than this worker, so a local one loads it. */
export function startWorker(script: string, name: string): StartedWorker {
  const source = new Blob([`importScripts(${JSON.stringify(script)});`], { type: 'text/javascript' });
  const url = URL.createObjectURL(source);
  const worker = new Worker(url, { name });
  return {
    post: (message) => worker.postMessage(message),
    onmessage: <T>(listener: (message: T) => void): void =>
      worker.addEventListener<T>('message', ({ data }) => listener(data)),
    onerror: (listener) =>
      worker.addEventListener('error', (event) => listener(event.message ?? 'its script could not be run')),
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
