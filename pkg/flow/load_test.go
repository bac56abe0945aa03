package flow

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestLoadBlueprints(t *testing.T) {
	t.Parallel()
	minimal := func(id string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`{"id":"` + id + `","nodes":[{"id":"a","uses":"pass"}]}`)}
	}
	t.Run("files_are_sorted_and_others_ignored", func(t *testing.T) {
		t.Parallel()
		loaded, err := LoadBlueprints(fstest.MapFS{
			"b.json": minimal("first"), "a.json": minimal("second"), "notes.txt": minimal("x"),
			"deeper/c.json": minimal("y"), "folder.json/d.json": minimal("z"),
		})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, b := range loaded {
			ids = append(ids, b.ID)
		}
		if diff := cmp.Diff([]string{"second", "first"}, ids); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
	})
	t.Run("faults_of_all_files_name_the_file", func(t *testing.T) {
		t.Parallel()
		loaded, err := LoadBlueprints(fstest.MapFS{
			"a.json": minimal("same"), "b.json": {Data: []byte(`{`)}, "c.json": minimal("same"), "d.json": minimal(""),
		})
		if err == nil || loaded != nil {
			t.Fatalf("LoadBlueprints = %v, %v, want an error alone", loaded, err)
		}
		for _, want := range []string{
			"b.json: invalid blueprint: INVALID_JSON: line 1, column 1",
			`c.json: a.json has the id "same" too`,
			"d.json: invalid blueprint: id: INVALID_FIELD",
		} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error = %v\nwant it to contain %s", err, want)
			}
		}
	})
	t.Run("missing_folder_is_an_error", func(t *testing.T) {
		t.Parallel()
		folder, err := fstest.MapFS{"a/b.json": minimal("x")}.Sub("nowhere")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := LoadBlueprints(folder); err == nil {
			t.Error("no error")
		}
	})
}
