"""The scenes of `exposure_stacks`, on the two sides of the split."""
from training.common import splits
from training.llflow.scenes import find_scenes


def scenes_of(kept_out):
    """Lists of paths, one a scene, from dark to bright; a scene goes by the name of its first photo."""
    folder = splits.shared_folder() / "data" / splits.FOLDERS["exposure_stacks"]
    scenes = [[frame.path for frame in scene] for scene in find_scenes(folder)]
    return [s for s in scenes if splits.is_kept_out("exposure_stacks", s[0].name) == kept_out]
