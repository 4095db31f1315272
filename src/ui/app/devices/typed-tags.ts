// Tags as they are typed: words between spaces, commas and semicolons of either script. Pure.

export const tagsIn = (typed: string): readonly string[] => [...new Set(typed.split(/[\s,;，；、]+/u).filter((tag) => tag !== ''))]
