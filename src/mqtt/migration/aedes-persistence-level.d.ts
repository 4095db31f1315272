// The part of aedes-persistence-level 9 that reads: the package has no types of its own. Values come as MessagePack gave them.

declare module 'aedes-persistence-level' {
  interface AedesReader {
    subscriptionsByClient(client: { readonly id: string }): Promise<readonly unknown[]>
    outgoingStream(client: { readonly id: string }): AsyncIterable<unknown>
    /** Rejects where there is none. */
    incomingGetPacket(client: { readonly id: string }, packet: { readonly messageId: number }): Promise<unknown>
    createRetainedStream(pattern: string): AsyncIterable<unknown>
    streamWill(): AsyncIterable<unknown>
  }
  export default function aedesPersistenceLevel(db: object): AedesReader
}
