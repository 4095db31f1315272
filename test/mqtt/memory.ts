// The engine's own session store in memory. Its types say a default export, but the module is the function itself.

import aedesPersistence from 'aedes-persistence'

export const memorySessions = aedesPersistence as unknown as () => object
