// What to do about an update that ended without success, by how it ended. ICU MessageFormat.

export const adviceSentences = {
  advice_battery: 'The device refused the update for its battery ({words}): charge it, then retry the update.',
  advice_burn: 'The device could not write the image: check its free space and its flash, then retry the update.',
  advice_device: 'The device has an error of its own: look at its log, remove the cause, then retry the update.',
  advice_download:
    'The device fetched {bytes, number} of {size, number} bytes: check its network and the address of the download, then retry the update.',
  advice_download_whole:
    'The server sent all {size, number} bytes, but the device could not take them: check its free memory and its log, then retry the update.',
  advice_no_response:
    'The device did not answer the message of the update: check that it is online and that its program reads such messages, then retry the update.',
  advice_other_version:
    'The device runs {version} after the update, not {to}: check which version was built into the image, and upload it under that version.',
  advice_rejected: 'The device refused the update: remove the cause that it gives, then retry the update.',
  advice_rolled_back: 'The device started {to} and returned to its old version: look in its log for the cause before a retry.',
  advice_stall: 'The device stopped at {bytes, number} of {size, number} bytes: check its network and its power, then retry the update.',
  advice_stall_whole:
    'The device has the whole image and has not been heard since: check its power and whether it restarts, then retry the update.',
  advice_upgrade_time:
    'The update took longer than its campaign allows: check whether the device still works on it, then retry the update.',
  advice_verify:
    'The device fetched {bytes, number} of {size, number} bytes, so what it checked was not the whole image: check its network, then retry the update.',
  advice_verify_whole:
    'The image arrived whole: the fault is in the flash of the device, or in how it calculates the digest. Try it with another device of the same hardware.',
} as const
