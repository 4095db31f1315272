// The package has no types of its own.
declare module 'aedes-persistence-level' {
  const levelPersistence: (store: object) => import('./sessions.ts').Sessions
  export = levelPersistence
}
